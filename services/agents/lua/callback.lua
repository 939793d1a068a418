-- A promised callback is due. Afterwards the work waits for people at its original age.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'callback|inquiry id'
-- returns: {'ok'} | {'nothing'}: taken or ended meanwhile, or not yet
-- include: desk
-- include: capacity
-- include: matching
local id = string.match(ARGV[2], '^callback|(.+)$')
local work = load_work(id)
if not work or work.state ~= 'promised' then
  redis.call('ZREM', DUE, ARGV[2])
  return { 'nothing' }
end
if NOW < tonumber(work.promise) then return { 'nothing' } end
redis.call('ZREM', DUE, ARGV[2])
work.state, work.entered = 'waiting', NOW_TEXT
step(id, work, 'requeued', nil, 'the promised callback is due')
place(id, work)
return { 'ok' }
