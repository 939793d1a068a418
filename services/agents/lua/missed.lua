-- The time in which a promised callback should have been taken in hand is over. Afterwards it is on the record that it
-- was not, once; where it waits does not change.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'missed|promised moment|inquiry id'
-- returns: {'ok'} | {'nothing'}: somebody has or had it in hand, it has ended, or it was promised anew
-- include: desk
redis.call('ZREM', DUE, ARGV[2])
local at_ms, id = string.match(ARGV[2], '^missed|(%d+)|(.+)$')
local work = load_work(id)
if not work or work.promise ~= at_ms then return { 'nothing' } end
miss(id, work)
save_work(id, work)
return { 'ok' }
