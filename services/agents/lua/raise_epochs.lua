-- Raises the epochs of some conversations to those that were published. Afterwards none is lower; whose is higher is
-- untouched.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10..] conversation: hash, who owns it
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2..] epoch, one for each conversation
-- returns: how many were raised
-- include: desk
local raised = 0
for index = 10, #KEYS do
  local epoch = tonumber(ARGV[index - 8])
  if tonumber(redis.call('HGET', KEYS[index], 'epoch') or 0) < epoch then
    redis.call('HSET', KEYS[index], 'epoch', epoch)
    redis.call('PEXPIRE', KEYS[index], KEEP_MS)
    raised = raised + 1
  end
end
return raised
