-- Saves the record of a conversation if nobody has saved it since it was read, and when to look at it.
-- Afterwards either both stand and the version has grown by one, or nothing has changed.
-- KEYS[1] ledger: hash, version and record (JSON) of one conversation
-- KEYS[2] ledger_due: sorted set, conversation ids by the moment of their next look
-- ARGV[1] the version that was read, 0 for none
-- ARGV[2] the new record as JSON
-- ARGV[3] conversation id
-- ARGV[4] next look, milliseconds since 1970 ('' for none)
-- ARGV[5] time to live, milliseconds ('' while an inquiry is open: it must not be forgotten)
-- returns: 1 saved | 0 somebody else was first
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'record', ARGV[2])
if ARGV[5] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[2], ARGV[3])
else
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
end
return 1
