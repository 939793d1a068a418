-- A supervisor puts work back into a queue, out of whoever's hands. Afterwards it waits there at its age, and does not
-- come back to the same person for a while.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- KEYS[12] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] supervisor
-- ARGV[3] inquiry id
-- ARGV[4] conversation id
-- ARGV[5] to queue ('' for where it is)
-- ARGV[6] the class in that queue
-- ARGV[7] reason
-- ARGV[8] who joins in there later, and what becomes of it when that queue closes, as rings of a plan
-- ARGV[9] until when the first ring lasts, seconds from the entry or from when its person loses it ('' for no end)
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved' | 'unknown_class'} | {'ended', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local by, id, to_queue, reason = ARGV[2], ARGV[3], ARGV[5], ARGV[7]
local work = load_work(id)
if work and work.conv ~= ARGV[4] then return { 'moved' } end
local no = not work and 'no_inquiry' or work.state == 'wrapping' and 'ended'
if no then return result(no, work and work.epoch) end
if to_queue ~= '' and redis.call('HEXISTS', KEYS[12], ARGV[6]) == 0 then return { 'unknown_class' } end

-- Before the step is written: whoever reads it later finds the work where it went.
local function move()
  if to_queue == '' then return end
  put_into(work, to_queue, ARGV[6], ARGV[9], ARGV[8])
end

local holder
if work.state == 'accepted' or work.state == 'paused' then
  holder = work.agent
  local person = load_person(holder)
  local busy_ms = turn_ms(work)
  move()
  take_back(id, work, person, KEYS[11], reason, 'by', by, 'besides_ms', busy_ms)
  write_person(holder, person)
else
  holder = take_out(id, work, reason, by)
  move()
  step(id, work, 'requeued', nil, reason, 'by', by)
end
if holder then
  local person = load_person(holder)
  avoid(id, holder, person)
  settle(holder, person)
end
place(id, work)
return result('ok', work.epoch)
