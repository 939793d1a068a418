-- A person's console is alive. Afterwards the heartbeat counts from now, and who had fallen silent is offered
-- work again. With the first of every ten minutes the person is told of, see shared/desk.lua.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- returns: {'ok', 0} | {'not_signed_in', 0}
-- include: desk
-- include: capacity
-- include: matching
local agent = ARGV[2]
local person = load_person(agent)
if not person then return { 'not_signed_in', 0 } end
local tells = math.floor(NOW / TELL_EVERY_MS) > math.floor(person.beat / TELL_EVERY_MS)
person.beat = NOW
redis.call('ZADD', DUE, NOW + HEARTBEAT_MS, 'presence|' .. agent)
if person.silent then
  person.silent = nil
  tell(agent, person)
  settle(agent, person)
else
  if tells then tell(agent, person) end
  write_person(agent, person)
end
return { 'ok', 0 }
