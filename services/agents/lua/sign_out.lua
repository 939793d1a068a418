-- A person signs out; offers go back, wrap-ups end. Accepted work goes to others, or they may not go.
-- Afterwards nothing is in their hands and nothing waits for them alone.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11..] conversation, ended, details, by turns, of each inquiry in ARGV[4..]
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] what is done with accepted work: refuse or transfer
-- ARGV[4..] inquiry ids that the person holds
-- returns: {'ok', 0} | {'not_signed_in' | 'open_work', 0} | {'moved'}: they hold other work by now
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
local keys_from = {}
for index = 4, #ARGV do keys_from[ARGV[index]] = 11 + (index - 4) * 3 end
for id, value in pairs(person.held) do
  local state = held_as(value)
  if (state == 'accepted' or state == 'paused') and ARGV[3] == 'refuse' then return result('open_work') end
  if not keys_from[id] then return { 'moved' } end
end

local back = rescind_offers(person, 'signed out')
for index = 4, #ARGV do
  local id, from = ARGV[index], keys_from[ARGV[index]]
  if person.held[id] then let_go(id, person, back, KEYS[from], KEYS[from + 1], KEYS[from + 2], 'signed out') end
end
sign_off(agent, person)
place_all(back)
open_all_direct(agent, 'signed out')
return result('ok')
