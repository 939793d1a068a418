-- Records the first decision for a cause and gives the conversation its next owner, in one step.
-- Afterwards a decision for the cause exists, and its epoch is the conversation's. Running it again
-- with the same cause changes nothing and returns the decision that was recorded first. A question of the bot
-- that others have overtaken, or that a decision on another matter interrupts (the customer says that an earlier
-- answer did not help), stays open and is due at once, so that its messages still reach people (see end_intake.lua).
-- KEYS[1] decision: string, the first decision of this cause as JSON
-- KEYS[2] conversation: hash, who owns it (see services/runtime/conversations.py)
-- KEYS[3] turns: list of JSON turns, oldest first
-- KEYS[4] intake_due: sorted set, conversations that owe the bot an answer
-- KEYS[5] applied: hash, begun -> since when Redis has lost nothing
-- ARGV[1] decision JSON, made for the epoch in ARGV[2]
-- ARGV[2] the conversation's epoch that the decision was made from
-- ARGV[3] owner afterwards: bot, queue, or keep (a person or the queue has it already, or the bot answers this beside
--   the message before, so that neither answer is dropped)
-- ARGV[4] inquiry id
-- ARGV[5] topic ('' for none)
-- ARGV[6] language
-- ARGV[7] now, milliseconds
-- ARGV[8] the customer's turn as JSON ('' for none)
-- ARGV[9] how many turns to keep
-- ARGV[10] time to live of all three, milliseconds
-- ARGV[11] the inquiry that the bot goes on with in its intake ('' where this one begins a matter)
-- ARGV[12] where the intake stood when the conversation was read ('' for none)
-- ARGV[13] when the bot had answered last when it was read, milliseconds ('' for never)
-- ARGV[14] the inquiry whose matter the decision is on
-- ARGV[15] conversation id
-- ARGV[16] begun, as the caller knows it ('' where nobody keeps marks)
-- returns: {'lost'}: Redis has lost what it had, so nobody knows who owns the conversation |
--   {'repeated', decision JSON} | {'recorded', decision JSON} | {'moved'}: another decision or a
--   message of the bot came first, so read the conversation again and decide anew
if ARGV[16] ~= '' and redis.call('HGET', KEYS[5], 'begun') ~= ARGV[16] then return {'lost'} end
local first = redis.call('GET', KEYS[1])
if first then
  return {'repeated', first}
end
local before = redis.call('HMGET', KEYS[2], 'epoch', 'owner', 'intake_state', 'answered_ms', 'inquiry_id')
local epoch, owner, intake_state, answered_ms = before[1] or '0', before[2], before[3] or '', before[4] or ''
if epoch ~= ARGV[2] or intake_state ~= ARGV[12] or answered_ms ~= ARGV[13] then
  return {'moved'}
end
if ARGV[3] ~= 'keep' then
  local overtaken = owner ~= 'bot' and (intake_state == 'asking' or intake_state == 'silent')
  local interrupted = intake_state ~= '' and owner == 'bot' and before[5] ~= ARGV[14]
  redis.call('HINCRBY', KEYS[2], 'epoch', 1)
  redis.call('HSET', KEYS[2], 'owner', ARGV[3], 'inquiry_id', ARGV[11] ~= '' and ARGV[11] or ARGV[4],
    'topic', ARGV[5], 'language', ARGV[6])
  if overtaken or interrupted then
    if intake_state == 'asking' then redis.call('ZADD', KEYS[4], 'LT', ARGV[7], ARGV[15]) end
  elseif ARGV[11] == '' then
    redis.call('HDEL', KEYS[2], 'intake', 'intake_state', 'facts', 'asked')
  end
end
redis.call('HSET', KEYS[2], 'changed_ms', ARGV[7])
if ARGV[8] ~= '' then
  redis.call('HDEL', KEYS[2], 'has_left')
  redis.call('HSET', KEYS[2], 'latest_inquiry_id', ARGV[4])
  redis.call('RPUSH', KEYS[3], ARGV[8])
  redis.call('LTRIM', KEYS[3], -tonumber(ARGV[9]), -1)
  redis.call('PEXPIRE', KEYS[3], ARGV[10])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[10])
redis.call('PEXPIRE', KEYS[2], ARGV[10])
return {'recorded', ARGV[1]}
