-- Puts back what the topics tell of a conversation. Afterwards Redis knows it at least as well as they do; whatever
-- it knew as well or better is as it was. An open question is due at the latest moment that any bot may
-- have set: the bot names its own (see keep_intake.lua).
-- KEYS[1] conversation: hash, who owns it
-- KEYS[2] turns: list of JSON turns, oldest first
-- KEYS[3] intake_due: sorted set, conversations that owe the bot an answer
-- ARGV[1] conversation id
-- ARGV[2] owner
-- ARGV[3] epoch
-- ARGV[4] inquiry id that the owner works on
-- ARGV[5] the newest message's inquiry id
-- ARGV[6] topic
-- ARGV[7] language
-- ARGV[8] who had it last ('' for nobody)
-- ARGV[9] when the bot answered last, milliseconds ('' for never)
-- ARGV[10] the bot's open question, as JSON ('' for none)
-- ARGV[11] when that is due at the latest, milliseconds
-- ARGV[12] now, milliseconds
-- ARGV[13] time to live, milliseconds
-- ARGV[14] the bot's answers as JSON, oldest first
-- ARGV[15..] turns as JSON, oldest first
-- returns: 1 put back | 0 known
local known = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'intake_state')
local epoch = tonumber(known[2] or 0)
local newer = not known[1] or epoch < tonumber(ARGV[3])
local same = known[1] == ARGV[2] and epoch == tonumber(ARGV[3])
if #ARGV > 14 and (newer or redis.call('EXISTS', KEYS[2]) == 0) then
  redis.call('DEL', KEYS[2])
  for index = 15, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[index]) end
  redis.call('PEXPIRE', KEYS[2], ARGV[13])
end
if newer then
  redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'epoch', math.max(epoch, tonumber(ARGV[3])), 'inquiry_id', ARGV[4],
    'changed_ms', ARGV[12])
  redis.call('HDEL', KEYS[1], 'intake', 'intake_state', 'facts', 'asked')
end
local function fill(field, value)
  if value ~= '' then redis.call(newer and 'HSET' or 'HSETNX', KEYS[1], field, value) end
end
fill('latest_inquiry_id', ARGV[5])
fill('topic', ARGV[6])
fill('language', ARGV[7])
fill('agent_id', ARGV[8])
fill('answered_ms', ARGV[9])
-- Redis may know older answers than the topics still hold, and have lost the newest.
local answers, there = cjson.decode(redis.call('HGET', KEYS[1], 'answers') or '[]'), {}
for _, answer in ipairs(answers) do there[answer.inquiry_id] = true end
for _, answer in ipairs(cjson.decode(ARGV[14])) do
  if not there[answer.inquiry_id] then answers[#answers + 1] = answer end
end
if #answers > 0 then redis.call('HSET', KEYS[1], 'answers', cjson.encode(answers)) end
local open = not known[3] or known[3] == '' or known[3] == 'asking'
if ARGV[10] ~= '' and (newer or same and open) then
  redis.call('HSET', KEYS[1], 'intake_state', 'asking', 'asked', ARGV[10])
  if newer then
    redis.call('ZADD', KEYS[3], ARGV[11], ARGV[1])
  else
    redis.call('ZADD', KEYS[3], 'NX', ARGV[11], ARGV[1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[13])
return newer and 1 or 0
