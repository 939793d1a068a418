-- Keeps the record of an open question that the bot has made once more from its messages.
-- Afterwards the question stands as if nothing had been lost; nothing has changed where the conversation has moved.
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] intake_due: sorted set, conversations that owe the bot an answer
-- ARGV[1] conversation id
-- ARGV[2] the question that it was made from, as it stands in the conversation
-- ARGV[3] the intake as JSON ('' where none could be made: people get the messages)
-- ARGV[4] the facts known so far, as JSON
-- ARGV[5] when people take over from a silent customer, milliseconds; not later than they would have by now
-- returns: 1 | 0 the question is another or closed
if redis.call('HGET', KEYS[1], 'asked') ~= ARGV[2] or redis.call('HGET', KEYS[1], 'intake_state') ~= 'asking' then
  return 0
end
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'intake', ARGV[3], 'facts', ARGV[4])
  redis.call('HDEL', KEYS[1], 'asked')
end
redis.call('ZADD', KEYS[2], 'XX', 'LT', ARGV[5], ARGV[1])
return 1
