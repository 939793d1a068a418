-- A person signs in and is available at once; somebody who is signed in already keeps their state.
-- Afterwards they hold as many offers as they have slots, or are listed as free.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] capacity, units
-- ARGV[4] the classes that the person can serve, see shared/desk.lua
-- ARGV[5] generation of the classes that this list was made from
-- ARGV[6] limits, ',auto,phone=1,chat=3,'
-- returns: {'ok', 0} | {'stale_classes'}: read the classes and call again
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
local before = earlier()
if before then return before end
local agent = ARGV[2]
if (redis.call('HGET', DESK, 'generation') or '0') ~= ARGV[5] then return { 'stale_classes' } end

local person = load_person(agent)
if person then
  unlist(agent, person)
  uncount(agent, person)
else
  person = {
    presence = 'available', reason = '', held = {}, idle = NOW_TEXT, lapses = 0, avoid = {}, turn = 0, recent = '', v = 0,
  }
end
person.capacity, person.limits = tonumber(ARGV[3]), ARGV[6]
person.beat, person.silent = NOW, nil
redis.call('HSET', SERVES, agent, ARGV[4])
redis.call('HINCRBY', DESK, 'roster', 1)
redis.call('ZADD', DUE, NOW + HEARTBEAT_MS, 'presence|' .. agent)
tell(agent, person)
settle(agent, person)
return result('ok')
