-- A supervisor lets a person have no more offers, or again. Afterwards pending offers are others', what waited for them
-- alone is everybody's, and what they accepted stays theirs to finish.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] supervisor
-- ARGV[3] agent id
-- ARGV[4] drained or undrained
-- ARGV[5] reason
-- ARGV[6] command id
-- returns: {'ok', 0} | {'not_signed_in', 0}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local by, agent = ARGV[2], ARGV[3]
local person = load_person(agent)
if not person then return result('not_signed_in') end
local back = {}
if ARGV[4] == 'drained' then
  person.drained = by
  back = rescind_offers(person, 'drained')
else
  person.drained = nil
end
desk_change(ARGV[4], ARGV[6], agent, by, ARGV[5])
tell(agent, person)
settle(agent, person)
place_all(back)
if person.drained then open_all_direct(agent, 'drained') end
return result('ok')
