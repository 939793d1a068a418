-- What the timers must look at now. Changes nothing.
-- KEYS[1] due: sorted set, what to look at -> when, milliseconds
-- ARGV[1] now, milliseconds; '' for the server's clock
-- ARGV[2] at most how many
-- returns: {now, when the next one is due ('' for none), entry, entry, ...}
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local entries = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
local later = '(' .. string.format('%d', now)
local first = redis.call('ZRANGEBYSCORE', KEYS[1], later, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return { string.format('%d', now), first[2] or '', unpack(entries) }
