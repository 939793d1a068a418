-- A person accepts, edits or rejects what is proposed. Afterwards the verdict is in the outbox, once for each
-- proposal, and with it what was sent to the customer, if anything.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] turns: list of JSON turns, oldest first
-- KEYS[13] judged: string, the id of the command that has judged this proposal
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- ARGV[4] epoch
-- ARGV[5] conversation id
-- ARGV[6] why there is nothing to judge: a code of refusals.py; '' where there is
-- ARGV[7] command id
-- ARGV[8] the verdict as JSON
-- ARGV[9] reply id
-- ARGV[10] text ('': nothing is sent)
-- ARGV[11] language ('' for the inquiry's)
-- ARGV[12] the turn as JSON
-- ARGV[13] how many turns to keep
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved'} | {'stale' | 'not_accepted' | 'elsewhere' | 'judged', epoch} |
--   {the code in ARGV[6], epoch}
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
if ARGV[6] ~= '' then return result(ARGV[6], work.epoch) end
if not redis.call('SET', KEYS[13], ARGV[7], 'NX', 'PX', KEEP_MS) then return result('judged', work.epoch) end

redis.call('XADD', OUTBOX, '*', 'draft', ARGV[8], 'at_ms', NOW_TEXT)
if ARGV[10] ~= '' then
  local person = say(id, work, agent, KEYS[11], KEYS[12], ARGV[9], ARGV[10], ARGV[11], ARGV[12], ARGV[13])
  if person then settle(agent, person) end
end
return result('ok', work.epoch)
