-- A person accepts an offer. Afterwards they alone own the conversation, with the offer's epoch.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] the offer's epoch
-- ARGV[5] conversation id
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved'} | {'stale' | 'not_offered' | 'elsewhere' | 'lapsed', epoch}
-- include: desk
-- include: commands
local before = earlier()
if before then return before end
local agent, id = ARGV[2], ARGV[3]
local work = load_work(id)
if work and work.conv ~= ARGV[5] then return { 'moved' } end
local no = refusal(work, agent, tonumber(ARGV[4]), 'offered')
if no then return result(no, work and work.epoch) end
if NOW >= tonumber(work.until_ms) then return result('lapsed', work.epoch) end

redis.call('ZREM', DUE, 'offer|' .. work.epoch .. '|' .. id)
local person = load_person(agent)
accept_work(id, work, agent, person)
set_held(person, id, 'accepted')
save_work(id, work)
save_person(agent, person)
give(KEYS[11], id, work, 'person', agent)
return result('ok', work.epoch)
