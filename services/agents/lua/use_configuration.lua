-- Asks whether the caller's configuration is the one by which people are served. Afterwards it is, if its files have just
-- changed, or if no process with another one has been heard of for a while, in which the caller's was asked for all the
-- time: so a process that starts with old files takes nothing from those that use newer ones, and neither does one that is
-- the first to be heard after Redis was away.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] changed or asked
-- ARGV[3] for how long it is held by who has asked, milliseconds
-- ARGV[4] after how long a silence it is asked for anew, milliseconds
-- returns: {'held'} | {'apply'}: everybody has yet to be given it | {'other', its version}
-- include: desk
local HELD_MS, SILENCE_MS = tonumber(ARGV[3]), tonumber(ARGV[4])

-- Notes that the caller's is asked for; returns whether it has been for long enough. One at a time: another one that is
-- being asked for goes first.
local function has_waited()
  local version, since_ms, last_ms = string.match(redis.call('HGET', DESK, 'config_next') or '', '^([^|]*)|(%d+)|(%d+)$')
  local goes_on = version and NOW - last_ms <= SILENCE_MS
  if goes_on and version ~= CONFIG_VERSION then return false end
  if not goes_on then since_ms = NOW_TEXT end
  redis.call('HSET', DESK, 'config_next', CONFIG_VERSION .. '|' .. since_ms .. '|' .. NOW_TEXT)
  return NOW - since_ms >= HELD_MS
end

local version, until_ms = string.match(redis.call('HGET', DESK, 'config_held') or '', '^([^|]*)|(%d+)$')
if version and version ~= CONFIG_VERSION and ARGV[2] ~= 'changed' then
  local waited = has_waited()
  if tonumber(until_ms) > NOW or not waited then return { 'other', version } end
end
if version ~= CONFIG_VERSION then redis.call('HDEL', DESK, 'config_next') end
redis.call('HSET', DESK, 'config_held', CONFIG_VERSION .. '|' .. string.format('%.0f', NOW + HELD_MS))
return { redis.call('HGET', DESK, 'config_version') == CONFIG_VERSION and 'held' or 'apply' }
