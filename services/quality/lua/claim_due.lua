-- Takes conversations whose next look has come, and puts it off by a lease.
-- Afterwards no other process takes them during the lease; if this one dies, the next look comes after it.
-- KEYS[1] ledger_due: sorted set, conversation ids by the moment of their next look
-- ARGV[1] now, milliseconds since 1970
-- ARGV[2] lease, milliseconds
-- ARGV[3] how many at most
-- returns: list of conversation ids
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, conversation_id in ipairs(due) do
  redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], conversation_id)
end
return due
