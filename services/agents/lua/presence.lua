-- A person says whether they take work. Afterwards who is not available holds no pending offer; what they
-- accepted stays theirs.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] presence: available, busy, break or away
-- ARGV[4] reason
-- returns: {'ok', 0} | {'not_signed_in', 0}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent = ARGV[2]
local person = load_person(agent)
if not person then return result('not_signed_in') end

local back = {}
if ARGV[3] ~= 'available' then
  back = rescind_offers(person, ARGV[3])
else
  person.lapses = 0
  if person.presence ~= 'available' then person.idle = NOW_TEXT end
end
person.presence, person.reason = ARGV[3], ARGV[4]
tell(agent, person)
settle(agent, person)
place_all(back)
return result('ok')
