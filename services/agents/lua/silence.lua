-- Looks at a person whose heartbeat is overdue. Afterwards they get no more offers and have lost the pending
-- ones; after the grace time they are signed off, and what they held is offered to others at its age.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10..] conversation, ended, details, by turns, of each inquiry in ARGV[3..]
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3..] inquiry ids that the person holds
-- returns: {'silent' | 'signed_off' | 'nothing'} | {'moved'}: they hold other work by now, look again
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local agent = ARGV[2]
local person = load_person(agent)
if not person then
  redis.call('ZREM', DUE, 'presence|' .. agent)
  return { 'nothing' }
end
local silent_at = person.beat + HEARTBEAT_MS
local lost_at = silent_at + GRACE_MS
local next_look = person.silent and lost_at or silent_at
if NOW < next_look then
  redis.call('ZADD', DUE, next_look, 'presence|' .. agent)
  return { 'nothing' }
end

-- The grace time counts from when it is noticed: while a desk stood still, nobody could be heard.
if not person.silent then
  person.beat = NOW - HEARTBEAT_MS
  lost_at = NOW + GRACE_MS
end
if NOW < lost_at then
  person.silent = '1'
  redis.call('ZADD', DUE, lost_at, 'presence|' .. agent)
  local back = rescind_offers(person, 'heartbeat lost')
  tell(agent, person)
  settle(agent, person)
  place_all(back)
  return { 'silent' }
end

local keys_from = {}
for index = 3, #ARGV do keys_from[ARGV[index]] = 10 + (index - 3) * 3 end
for id in pairs(person.held) do
  if not keys_from[id] then return { 'moved' } end
end
local back = rescind_offers(person, 'heartbeat lost')
for index = 3, #ARGV do
  local id, from = ARGV[index], keys_from[ARGV[index]]
  if person.held[id] then let_go(id, person, back, KEYS[from], KEYS[from + 1], KEYS[from + 2], 'heartbeat lost') end
end
sign_off(agent, person)
place_all(back)
open_all_direct(agent, 'heartbeat lost')
return { 'signed_off' }
