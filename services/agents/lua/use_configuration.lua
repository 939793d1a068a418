-- Asks whether the caller's configuration is the one by which people are served. Afterwards it is, if its files have just
-- changed, or if no process with another one has been heard of for a while: so a process that starts with old files
-- takes nothing from those that use newer ones.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] changed or asked
-- ARGV[3] for how long it is held by who has asked, milliseconds
-- returns: {'held'} | {'apply'}: everybody has yet to be given it | {'other', its version}
-- include: desk
local held = redis.call('HGET', DESK, 'config_held')
if held and ARGV[2] ~= 'changed' then
  local version, until_ms = string.match(held, '^([^|]*)|(%d+)$')
  if version ~= CONFIG_VERSION and tonumber(until_ms) > NOW then return { 'other', version } end
end
redis.call('HSET', DESK, 'config_held', CONFIG_VERSION .. '|' .. string.format('%.0f', NOW + tonumber(ARGV[3])))
return { redis.call('HGET', DESK, 'config_version') == CONFIG_VERSION and 'held' or 'apply' }
