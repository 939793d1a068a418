-- Gives a signed-in person the classes and the capacity of a changed configuration. Afterwards they are
-- offered what they may take now; what they hold stays theirs, and what has been silent for as long as counts now gives
-- its slot back.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] capacity, units
-- ARGV[4] the classes that the person can serve, see shared/desk.lua
-- ARGV[5] generation of the classes that this list was made from
-- ARGV[6] limits, ',auto,phone=1,chat=3,'
-- returns: {'ok' | 'not_signed_in'} | {'stale_classes'}: read the classes and call again
-- include: desk
-- include: capacity
-- include: matching
local agent = ARGV[2]
local person = load_person(agent)
if not person then return { 'not_signed_in' } end
if (redis.call('HGET', DESK, 'generation') or '0') ~= ARGV[5] then return { 'stale_classes' } end
unlist(agent, person)
uncount(agent, person)
redis.call('HSET', SERVES, agent, ARGV[4])
person.capacity, person.limits = tonumber(ARGV[3]), ARGV[6]
if SILENT_MS ~= '' then
  for id, value in pairs(person.held) do
    if held_as(value) == 'accepted' then redis.call('ZADD', DUE, NOW, 'pause|' .. id) end
  end
end
tell(agent, person)
settle(agent, person)
return { 'ok' }
