-- Looks again at a person for whom a while is over. Afterwards they may be offered what they declined then,
-- if nobody else has taken it.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'look|when|agent id'
-- returns: {'ok'} | {'nothing'}
-- include: desk
-- include: capacity
-- include: matching
local when, agent = string.match(ARGV[2], '^look|(%d+)|(.+)$')
if NOW < tonumber(when) then return { 'nothing' } end
redis.call('ZREM', DUE, ARGV[2])
local person = load_person(agent)
if not person then return { 'nothing' } end
settle(agent, person)
return { 'ok' }
