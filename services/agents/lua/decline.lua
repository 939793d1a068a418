-- A person declines an offer. Afterwards the inquiry is back at its original age, and is not offered to
-- this person again for a while.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] the offer's epoch
-- ARGV[5] reason
-- returns: {'ok', epoch, {id, record, ...}}: what they were offered next, told once only |
--   {'no_inquiry'} | {'stale' | 'not_offered' | 'elsewhere' | 'lapsed', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent, id = ARGV[2], ARGV[3]
local work = load_work(id)
local no = refusal(work, agent, tonumber(ARGV[4]), 'offered')
if no then return result(no, work and work.epoch) end
if NOW >= tonumber(work.until_ms) then return result('lapsed', work.epoch) end

local person = load_person(agent)
person.lapses = 0
end_offer(id, work, person, 'declined', ARGV[5])
avoid(id, agent, person)
local offers = settle(agent, person)
place(id, work)
return result('ok', work.epoch, offers)
