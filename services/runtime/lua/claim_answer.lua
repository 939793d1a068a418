-- Lets the bot speak, if it still owns the conversation and has not spoken on this inquiry otherwise.
-- Afterwards the reply is on record, so a repeated call for it says yes again and no other reply may follow;
-- where it asked the customer for a fact, the intake stands as it is after the question. A question to somebody who has
-- left meanwhile is closed at once, as by leave.lua. No topic is answered twice in a conversation, however long it is.
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] bot_reply: string, the id of the one message to this inquiry
-- KEYS[3] turns: list of JSON turns, oldest first
-- KEYS[4] intake_due: sorted set, conversations that owe the bot an answer
-- KEYS[5] applied: hash, begun -> since when Redis has lost nothing
-- ARGV[1] epoch of the decision that asked the bot
-- ARGV[2] reply id
-- ARGV[3] the bot's turn as JSON
-- ARGV[4] now, milliseconds
-- ARGV[5] how many turns to keep
-- ARGV[6] time to live, milliseconds
-- ARGV[7] the answer as JSON: inquiry_id, topic, article_id ('' for a question or a notice)
-- ARGV[8] conversation id
-- ARGV[9] the intake as JSON ('' to leave it as it is)
-- ARGV[10] its state: asking, over, or '' for none
-- ARGV[11] the facts known so far, as JSON
-- ARGV[12] when people take over from a silent customer, milliseconds ('' for never)
-- ARGV[13] begun, as the caller knows it ('' where nobody keeps marks)
-- returns: 'lost' (Redis has lost what it had) | 'speak' | 'overtaken' (another owner or epoch) | 'answered' (another
--   message was given) | 'repeated' (the topic was answered here before)
if ARGV[13] ~= '' and redis.call('HGET', KEYS[5], 'begun') ~= ARGV[13] then return 'lost' end
local given = redis.call('GET', KEYS[2])
local before = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'left_epoch', 'answers')
if before[1] ~= 'bot' or before[2] ~= ARGV[1] then
  -- The question that the customer has left: it was asked, and nobody else has come in since.
  local left = before[1] == 'closed' and before[2] == before[3] and given == ARGV[2]
  return left and 'speak' or 'overtaken'
end
if given then
  return given == ARGV[2] and 'speak' or 'answered'
end
if ARGV[7] ~= '' then
  local answer, answers = cjson.decode(ARGV[7]), cjson.decode(before[4] or '[]')
  for _, earlier in ipairs(answers) do
    if earlier.topic == answer.topic then return 'repeated' end
  end
  answers[#answers + 1] = answer
  redis.call('HSET', KEYS[1], 'answered_ms', ARGV[4], 'answers', cjson.encode(answers))
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[6])
redis.call('HSET', KEYS[1], 'changed_ms', ARGV[4])
if ARGV[9] ~= '' then
  redis.call('HSET', KEYS[1], 'intake', ARGV[9], 'intake_state', ARGV[10], 'facts', ARGV[11])
  redis.call('HDEL', KEYS[1], 'asked')
  if ARGV[10] == 'asking' and redis.call('HDEL', KEYS[1], 'has_left') == 1 then
    local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
    redis.call('HSET', KEYS[1], 'owner', 'closed', 'left_epoch', epoch, 'intake_state', 'over')
    redis.call('ZREM', KEYS[4], ARGV[8])
  elseif ARGV[12] ~= '' then
    redis.call('ZADD', KEYS[4], ARGV[12], ARGV[8])
  else
    redis.call('ZREM', KEYS[4], ARGV[8])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('RPUSH', KEYS[3], ARGV[3])
redis.call('LTRIM', KEYS[3], -tonumber(ARGV[5]), -1)
redis.call('PEXPIRE', KEYS[3], ARGV[6])
return 'speak'
