-- Counts what has been published and takes it out of the outbox, in one step: nothing counts twice. Afterwards
-- the entries up to the last one are gone and the numbers are in their half hours.
-- KEYS[1] relay: string, the token of the one process that publishes
-- KEYS[2] outbox: stream, the steps that still have to be published
-- KEYS[3] applied: hash, 'outbox' -> the last entry that was published
-- KEYS[4..] tally, one for each half hour: hash, 'queue|what' -> number
-- ARGV[1] token of the caller
-- ARGV[2] the first entry id that stays
-- ARGV[3] how long a half hour is kept, milliseconds
-- ARGV[4] the last entry id that goes
-- ARGV[5..] which of the tallies (1 for KEYS[4]), 'queue|what' and how much, by turns
-- returns: 1 | 0: somebody else publishes by now, nothing has changed
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[2])
redis.call('HSET', KEYS[3], 'outbox', ARGV[4])
for index = 5, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[3 + tonumber(ARGV[index])], ARGV[index + 1], ARGV[index + 2])
end
for index = 4, #KEYS do redis.call('PEXPIRE', KEYS[index], ARGV[3]) end
return 1
