-- Takes a conversation from the bot whose question the customer has not answered in time.
-- Afterwards it belongs to people, so that an answer which comes now is theirs; it stays due until its
-- handover is published, so that a crash in between hands it over once more (with the same ids). Where others
-- have it already, the unanswered message still has to reach them.
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] intake_due: sorted set, conversations that owe the bot an answer
-- ARGV[1] conversation id
-- ARGV[2] now, milliseconds
-- ARGV[3] how long whoever takes it has to publish the handover, milliseconds
-- returns: 1 to hand it over now | 0 not due, or the question is closed
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due or tonumber(due) > tonumber(ARGV[2]) then
  return 0
end
local conversation = redis.call('HMGET', KEYS[1], 'owner', 'intake_state')
local owner, state = conversation[1], conversation[2]
if state ~= 'asking' and state ~= 'silent' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
if owner == 'bot' then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'owner', 'queue')
end
redis.call('HSET', KEYS[1], 'intake_state', 'silent', 'changed_ms', ARGV[2])
redis.call('ZADD', KEYS[2], tonumber(ARGV[2]) + tonumber(ARGV[3]), ARGV[1])
return 1
