-- A person writes to the customer. Afterwards the message is in the outbox once, and in the conversation; one that
-- was paused holds its slot again.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] turns: list of JSON turns, oldest first
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] epoch
-- ARGV[5] conversation id
-- ARGV[6] reply id
-- ARGV[7] text
-- ARGV[8] language ('' for the inquiry's)
-- ARGV[9] the turn as JSON
-- ARGV[10] how many turns to keep
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved'} | {'stale' | 'not_accepted' | 'elsewhere', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent, id = ARGV[2], ARGV[3]
local work = load_work(id)
if work and work.conv ~= ARGV[5] then return { 'moved' } end
local no = refusal(work, agent, tonumber(ARGV[4]), 'accepted')
if no then return result(no, work and work.epoch) end

local person = say(id, work, agent, KEYS[11], KEYS[12], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10])
if person then settle(agent, person) end
return result('ok', work.epoch)
