-- Takes or renews the right to publish the outbox. Afterwards the holder has it for the time given, or
-- somebody else does.
-- KEYS[1] relay: string, the token of the one process that publishes
-- ARGV[1] token
-- ARGV[2] for how long, milliseconds
-- returns: 1 held | 0 somebody else has it
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
