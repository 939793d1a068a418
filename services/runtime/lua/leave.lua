-- The customer has left a conversation that the bot holds.
-- Afterwards a question of the bot that awaits an answer is closed: nobody owns the conversation, nothing is due and
-- whatever the bot still holds is refused. Where the bot has not come to the customer's last message yet, its next
-- question will close it (see claim_answer.lua). The intake's record and facts stay, for a customer who returns.
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] intake_due: sorted set, conversations that owe the bot an answer
-- ARGV[1] conversation id
-- ARGV[2] the conversation's epoch when it was read
-- ARGV[3] where the intake stood when it was read ('' for none)
-- ARGV[4] now, milliseconds
-- ARGV[5] 1 to close the question, 0 to have the next one closed
-- returns: 1 | 0 where the conversation has moved since: read it again
local before = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'intake_state')
if before[1] ~= 'bot' or before[2] ~= ARGV[2] or (before[3] or '') ~= ARGV[3] then
  return 0
end
if ARGV[5] == '0' then
  redis.call('HSET', KEYS[1], 'has_left', 1)
  return 1
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'owner', 'closed', 'left_epoch', epoch, 'intake_state', 'over', 'changed_ms', ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
