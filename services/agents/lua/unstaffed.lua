-- Looks again at work that nobody could take when it was looked for. Afterwards, where that is still so, it
-- waits for the people of another queue, if some of them are signed in; else its customer has a date, unless one was
-- told before.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'unstaffed|inquiry id'
-- ARGV[3] the queue in which it waits, as far as the caller knows
-- ARGV[4] to queue ('' for none)
-- ARGV[5] the class in that queue
-- ARGV[6] who joins in there later, and what becomes of it when that queue closes, as rings of a plan
-- ARGV[7] promised moment, milliseconds ('' for none)
-- ARGV[8] until when the first ring lasts in that queue, seconds from the entry ('' for no end)
-- returns: {'ok'} | {'nothing'}: somebody can take it, it has ended or moved, its customer has a date, or not yet |
--   {'unknown_class'}: the timer stands
-- include: desk
-- include: capacity
-- include: matching
local due_ms = redis.call('ZSCORE', DUE, ARGV[2])
if not due_ms or NOW < tonumber(due_ms) then return { 'nothing' } end
if ARGV[5] ~= '' and redis.call('HEXISTS', KEYS[10], ARGV[5]) == 0 then return { 'unknown_class' } end
redis.call('ZREM', DUE, ARGV[2])
local id = string.match(ARGV[2], '^unstaffed|(.+)$')
local work = load_work(id)
if not work or work.state ~= 'waiting' or work.direct or work.queue ~= ARGV[3] then return { 'nothing' } end
if is_staffed(rings_of(work)) then return { 'nothing' } end
if ARGV[5] ~= '' and is_staffed(rings_of({ queue = ARGV[4], class = ARGV[5], plan = ARGV[6] })) then
  pop(id, work)
  put_into(work, ARGV[4], ARGV[5], ARGV[8], ARGV[6])
  step(id, work, 'requeued', nil, NOBODY)
  place(id, work)
  return { 'ok' }
end
if ARGV[7] == '' or work.promise then return { 'nothing' } end
give_promise(id, work, ARGV[7], NOBODY, 'waits', '1')
save_work(id, work)
return { 'ok' }
