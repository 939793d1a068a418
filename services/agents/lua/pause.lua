-- Looks at a conversation that a person has, for silence. Afterwards one in which nobody has spoken for long enough
-- holds no slot: its person is offered other work, and it stays theirs.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'pause|inquiry id'
-- returns: {'ok'} | {'nothing'}: ended meanwhile, or somebody has spoken
-- include: desk
-- include: capacity
-- include: matching
local id = string.match(ARGV[2], '^pause|(.+)$')
local work = load_work(id)
if not work or work.state ~= 'accepted' or SILENT_MS == '' then
  redis.call('ZREM', DUE, ARGV[2])
  return { 'nothing' }
end
local silent_at = work.spoke + SILENT_MS
if NOW < silent_at then
  redis.call('ZADD', DUE, silent_at, ARGV[2])
  return { 'nothing' }
end
redis.call('ZREM', DUE, ARGV[2])
local person = load_person(work.agent)
work.state = 'paused'
set_held(person, id, 'paused')
step(id, work, 'paused', work.agent)
save_work(id, work)
settle(work.agent, person)
return { 'ok' }
