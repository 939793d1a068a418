-- Lets a call to the language model begin, if no such call was begun before and both budgets allow it.
-- The tokens are taken beforehand, so that calls at the same time cannot overdraw a budget together.
-- KEYS[1] model_call: string, what has become of this very call
-- KEYS[2] model_hour: string, tokens of this hour
-- KEYS[3] model_conversation: string, tokens of this conversation
-- ARGV[1] the most tokens that the call can take
-- ARGV[2] budget of an hour
-- ARGV[3] budget of a conversation
-- ARGV[4] time to live of call and conversation, milliseconds
-- ARGV[5] time to live of the hour, milliseconds
-- ARGV[6] the call's record as JSON while nobody knows its end
-- returns: {'go'} | {'spent', 'hour' or 'conversation'} | {'known', record as JSON, '' where a budget was spent}
local known = redis.call('GET', KEYS[1])
if known then
  return {'known', known}
end
redis.call('SET', KEYS[1], '', 'PX', ARGV[4])
local tokens = tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[2]) or '0') + tokens > tonumber(ARGV[2]) then
  return {'spent', 'hour'}
end
if tonumber(redis.call('GET', KEYS[3]) or '0') + tokens > tonumber(ARGV[3]) then
  return {'spent', 'conversation'}
end
redis.call('SET', KEYS[1], ARGV[6], 'PX', ARGV[4])
redis.call('INCRBY', KEYS[2], tokens)
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('INCRBY', KEYS[3], tokens)
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return {'go'}
