-- Looks for work of a class that nobody can take: who is signed in serves neither the class nor a ring to come. Afterwards
-- each of it has a timer, by which it is looked at again once the time of grace is over; no other change.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] class
-- ARGV[3] time of grace, milliseconds
-- ARGV[4] '1' where also work whose customer has been told a date is looked at again
-- ARGV[5] the entry in waiting behind which to go on ('' for the first)
-- ARGV[6] at most so many entries in one call
-- returns: {how many got a timer, the entry behind which there may be more ('' for none)}
-- include: desk
-- include: capacity
-- include: matching
local class, all = ARGV[2], ARGV[4] == '1'
if is_staffed(class) then return { 0, '' } end
local from = ARGV[5] == '' and '[' .. class .. '|' or '(' .. ARGV[5]
local entries = redis.call('ZRANGEBYLEX', WAITING, from, '(' .. class .. '}', 'LIMIT', 0, ARGV[6])
local found = 0
for _, entry in ipairs(entries) do
  local id = string.match(entry, '^[^|]+|%d+|%d+|(.+)$')
  local work = load_work(id)
  if work and (all or not work.promise) and not is_staffed(rings_of(work)) then
    found = found + redis.call('ZADD', DUE, 'NX', NOW + tonumber(ARGV[3]), 'unstaffed|' .. id)
  end
end
return { found, #entries == tonumber(ARGV[6]) and entries[#entries] or '' }
