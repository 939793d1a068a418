-- A person signs out. Refused while they hold accepted work; offers go back, wrap-ups end.
-- Afterwards nothing is in their hands and nothing waits for them alone.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11..] conversation, ended, details, by turns, of each inquiry in ARGV[3..]
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3..] inquiry ids that the person holds
-- returns: {'ok', 0} | {'not_signed_in' | 'open_work', 0} | {'moved'}: they hold other work by now
-- include: desk
-- include: commands
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent = ARGV[2]
local person = load_person(agent)
if not person then return result('not_signed_in') end
local keys_from = {}
for index = 3, #ARGV do keys_from[ARGV[index]] = 11 + (index - 3) * 3 end
for id, state in pairs(person.held) do
  if state == 'accepted' then return result('open_work') end
  if not keys_from[id] then return { 'moved' } end
end

for index = 3, #ARGV do
  local id = ARGV[index]
  if person.held[id] == 'wrapping' then
    local from = keys_from[id]
    end_wrap_up(id, load_work(id), person, KEYS[from + 1], KEYS[from + 2])
  end
end
local back = rescind_offers(person, 'signed out')
sign_off(agent, person)
place_all(back)
open_all_direct(agent, 'signed out')
return result('ok')
