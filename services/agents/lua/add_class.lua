-- Makes a class known and gives it to everybody signed in who can serve it. Afterwards work may wait in it.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] class
-- ARGV[3] what it asks for (JSON)
-- ARGV[4] roster that these people were read from
-- ARGV[5..] agent ids of those who can serve it
-- returns: {'ok' | 'known'} | {'stale_roster'}: somebody has signed in since, read again and call again
-- include: desk
-- include: matching
local class = ARGV[2]
if (redis.call('HGET', DESK, 'roster') or '0') ~= ARGV[4] then return { 'stale_roster' } end
if redis.call('HSETNX', KEYS[10], class, ARGV[3]) == 0 then return { 'known' } end
redis.call('HINCRBY', DESK, 'generation', 1)
for index = 5, #ARGV do
  local agent = ARGV[index]
  local serves = redis.call('HGET', SERVES, agent)
  if serves then
    redis.call('HSET', SERVES, agent, serves .. class .. ',')
    local person = load_person(agent)
    if person.listed then
      redis.call('ZADD', FREE, 0, class .. '|' .. person.listed .. '|' .. agent)
    end
  end
end
return { 'ok' }
