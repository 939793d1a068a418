-- Lets the bot speak, if it still owns the conversation and has not answered this inquiry otherwise.
-- Afterwards the reply is on record, so a repeated call for it says yes again and no other reply may follow.
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] bot_reply: string, the id of the one answer to this inquiry
-- KEYS[3] turns: list of JSON turns, oldest first
-- ARGV[1] epoch of the decision that asked the bot
-- ARGV[2] reply id
-- ARGV[3] the bot's turn as JSON
-- ARGV[4] now, milliseconds
-- ARGV[5] how many turns to keep
-- ARGV[6] time to live, milliseconds
-- returns: 'speak' | 'overtaken' (another owner or epoch) | 'answered' (another reply was given)
if redis.call('HGET', KEYS[1], 'owner') ~= 'bot' or redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return 'overtaken'
end
local given = redis.call('GET', KEYS[2])
if given then
  return given == ARGV[2] and 'speak' or 'answered'
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[6])
redis.call('HSET', KEYS[1], 'answered_ms', ARGV[4], 'changed_ms', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('RPUSH', KEYS[3], ARGV[3])
redis.call('LTRIM', KEYS[3], -tonumber(ARGV[5]), -1)
redis.call('PEXPIRE', KEYS[3], ARGV[6])
return 'speak'
