-- Opens work that has waited long enough for one person. Afterwards everybody of its class may take it.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'direct|inquiry id'
-- returns: {'ok'} | {'nothing'}: taken, opened or ended meanwhile
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local id = string.match(ARGV[2], '^direct|(.+)$')
local at = redis.call('ZSCORE', DUE, ARGV[2])
if not at or NOW < tonumber(at) then return { 'nothing' } end
redis.call('ZREM', DUE, ARGV[2])
local work = load_work(id)
if not work or work.state ~= 'waiting' or not work.direct then return { 'nothing' } end
open_to_all(id, work, 'waited long enough for one person')
return { 'ok' }
