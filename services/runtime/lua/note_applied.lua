-- Notes up to which offsets the records of some partitions have been applied. Afterwards the marks say so, unless
-- Redis is another one than the caller knows, or one of them is lower than it has been: then Redis has lost writes,
-- and nothing has changed. Records that come again lower no mark.
-- KEYS[1] applied: hash, 'topic/partition' -> the offset of the next record; begun -> since when Redis lost nothing
-- ARGV[1] begun, as the caller knows it
-- ARGV[2..] mark, what the caller has noted there before (0: nothing), and the new offset, by turns
-- returns: 1 | 0: writes were lost
if redis.call('HGET', KEYS[1], 'begun') ~= ARGV[1] then return 0 end
for index = 2, #ARGV, 3 do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[index]) or 0)
  if known < tonumber(ARGV[index + 1]) then return 0 end
end
for index = 2, #ARGV, 3 do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[index]) or 0)
  redis.call('HSET', KEYS[1], ARGV[index], math.max(known, tonumber(ARGV[index + 2])))
end
return 1
