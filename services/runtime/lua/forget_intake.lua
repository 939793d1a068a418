-- The messages of an unanswered question have reached people, so nothing of it is due any more.
-- Afterwards the intake is over: once people have closed the conversation, the bot may begin a new one. An answer
-- of the bot's that is still under way finds what was read so far.
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] intake_due: sorted set, conversations that owe the bot an answer
-- ARGV[1] conversation id
-- returns: 1 | 0 where end_intake.lua has not taken it
if redis.call('HGET', KEYS[1], 'intake_state') ~= 'silent' then
  return 0
end
redis.call('HSET', KEYS[1], 'intake_state', 'over')
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
