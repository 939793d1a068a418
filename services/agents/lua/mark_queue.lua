-- A supervisor closes or opens a queue. Afterwards what comes for a closed one goes where it goes when it is full.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] supervisor
-- ARGV[3] queue
-- ARGV[4] queue_closed or queue_opened
-- ARGV[5] reason
-- ARGV[6] command id
-- returns: {'ok', 0}
-- include: desk
-- include: commands
local before = earlier()
if before then return before end
if ARGV[4] == 'queue_closed' then
  redis.call('HSET', DESK, 'closed|' .. ARGV[3], ARGV[2])
else
  redis.call('HDEL', DESK, 'closed|' .. ARGV[3])
end
desk_change(ARGV[4], ARGV[6], ARGV[3], ARGV[2], ARGV[5])
return result('ok')
