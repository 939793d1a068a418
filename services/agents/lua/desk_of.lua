-- What a person has in front of them, as one picture. Changes nothing.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- returns: {now, person record, inquiry id, work record, inquiry id, work record, ...} | {}: not signed in
-- include: desk
local record = redis.call('HGET', PEOPLE, ARGV[2])
if not record then return {} end
local picture = { string.format('%d', NOW), record }
for id in pairs(load_person(ARGV[2]).held) do
  picture[#picture + 1] = id
  picture[#picture + 1] = redis.call('HGET', WORK, id) or ''
end
return picture
