-- Takes waiting work out of a queue that is closed. Afterwards it waits elsewhere at its age, or has a promise.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the supervisor who has closed the queue ('' where it is closed by its hours)
-- ARGV[3] inquiry id
-- ARGV[4] the queue that is closed
-- ARGV[5] to queue ('' where it stays, with a promise)
-- ARGV[6] the class in that queue
-- ARGV[7] promised moment, milliseconds ('' for none)
-- ARGV[8] reason
-- ARGV[9] who joins in there later, and what becomes of it when that queue closes by its hours, as rings of a plan
-- ARGV[10] until when the first ring lasts in that queue, seconds from the entry ('' for no end)
-- returns: {'ok'} | {'nothing'}: it no longer waits there, the queue is open again, or a date is promised already |
--   {'unknown_class'}
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local id, work = ARGV[3], load_work(ARGV[3])
if not work or work.state ~= 'waiting' or work.queue ~= ARGV[4] then return { 'nothing' } end
local by = ARGV[2]
if by ~= '' and redis.call('HEXISTS', DESK, 'closed|' .. work.queue) == 0 then return { 'nothing' } end
if ARGV[5] ~= '' and redis.call('HEXISTS', KEYS[10], ARGV[6]) == 0 then return { 'unknown_class' } end
if ARGV[7] ~= '' and is_promised(work) then return { 'nothing' } end -- whoever has a date is not told another
take_out(id, work, ARGV[8], by)
if ARGV[5] ~= '' then put_into(work, ARGV[5], ARGV[6], ARGV[10], ARGV[9]) end
if by ~= '' then step(id, work, 'requeued', nil, ARGV[8], 'by', by) else step(id, work, 'requeued', nil, ARGV[8]) end
if ARGV[7] ~= '' then promise(id, work, ARGV[7], ARGV[8]) else place(id, work) end
return { 'ok' }
