-- Ends an offer whose time is over. Afterwards the inquiry is back at its original age and in its next ring (where not
-- time alone leads there), not offered to this person again for a while; who lets several lapse in a row is set away.
-- KEYS[1..9] the desk, see shared/desk.lua
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] the timer's entry: 'offer|epoch|inquiry id'
-- returns: {'ok'} | {'nothing'}: accepted, declined or withdrawn meanwhile, or not yet over
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local epoch, id = string.match(ARGV[2], '^offer|(%d+)|(.+)$')
local work = load_work(id)
if not work or work.state ~= 'offered' or work.epoch ~= tonumber(epoch) then
  redis.call('ZREM', DUE, ARGV[2])
  return { 'nothing' }
end
if NOW < tonumber(work.until_ms) then return { 'nothing' } end

local agent, was_direct = work.agent, work.direct
local person = load_person(agent)
end_offer(id, work, person, 'lapsed')
avoid(id, agent, person)
person.lapses = person.lapses + 1
local back = {}
if person.lapses >= tonumber(LAPSES) then
  back = rescind_offers(person, 'away')
  person.presence, person.reason = 'away', 'let ' .. person.lapses .. ' offers lapse'
  person.lapses = 0
  tell(agent, person)
end
settle(agent, person)
local promised = not was_direct and work.skip ~= 'time' and next_of(work) and next_ring(id, work)
if not promised then place(id, work) end
place_all(back)
return { 'ok' }
