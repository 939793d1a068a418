-- Saves what stands after some evidence, together with the place in the topic after it.
-- Afterwards all of it stands, or nothing has changed.
-- KEYS[1] standings: hash, cells as JSON and the next offset of each partition
-- KEYS[2..] evidence: string, there once the piece has counted
-- ARGV[1] the field of the partition's offset
-- ARGV[2] the offset that was read from, 0 for none
-- ARGV[3] the offset after this evidence
-- ARGV[4..] how long each piece is remembered, milliseconds, in the order of KEYS[2..]
-- then field and JSON of each cell that has changed
-- returns: 1 saved | 0 another process has gone on from there
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') ~= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], '1', 'PX', ARGV[i + 2])
end
for i = #KEYS + 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
return 1
