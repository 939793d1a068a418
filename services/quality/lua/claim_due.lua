-- Takes records whose next look has come, and puts it off by a lease.
-- Afterwards no other process takes them during the lease; if this one dies, the next look comes after it.
-- KEYS[1] ledger_due, visits_due or audits_open: sorted set, ids by the moment of their next look
-- KEYS[2] applied: hash, begun -> since when Redis has lost nothing
-- ARGV[1] now, milliseconds since 1970
-- ARGV[2] lease, milliseconds
-- ARGV[3] how many at most
-- ARGV[4] begun, as the caller knows it ('' where nobody keeps marks)
-- returns: list of ids | 0 Redis has lost what it had: what is known of a record may be half of it
if ARGV[4] ~= '' and redis.call('HGET', KEYS[2], 'begun') ~= ARGV[4] then
  return 0
end
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(due) do
  redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], id)
end
return due
