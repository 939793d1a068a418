-- Goes on to the next ring of work that has waited long enough in the one before. Afterwards those whom that ring
-- asks may take it.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'ring|inquiry id'
-- returns: {'ok'} | {'nothing'}: offered or ended meanwhile, or not yet
-- include: desk
-- include: capacity
-- include: matching
local id = string.match(ARGV[2], '^ring|(.+)$')
local work = load_work(id)
local at_ms = work and work.state == 'waiting' and goes_on(work)
if not at_ms then
  redis.call('ZREM', DUE, ARGV[2])
  return { 'nothing' }
end
if NOW < at_ms then return { 'nothing' } end
pop(id, work)
place(id, work)
return { 'ok' }
