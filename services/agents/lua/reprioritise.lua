-- A supervisor changes how many minutes work counts as having waited. Afterwards it stands there in its queue, and in
-- every ring to come.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] supervisor
-- ARGV[3] inquiry id
-- ARGV[4] priority in minutes
-- ARGV[5] reason
-- returns: {'ok', epoch} | {'no_inquiry'} | {'ended', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local id, prio = ARGV[3], ARGV[4]
local work = load_work(id)
local no = not work and 'no_inquiry' or work.state == 'wrapping' and 'ended'
if no then return result(no, work and work.epoch) end

if work.state == 'waiting' then pop(id, work) end
work.plan = string.gsub(work.plan, '([^\29]*\29[^\29]*\29[^\29]*\29)[^\29]*([^\30]*\30)', '%1' .. prio .. '%2')
work.prio, work.score = prio, math.max(0, work.arrival - prio * 60000)
step(id, work, 'reprioritised', work.agent, ARGV[5], 'by', ARGV[2])
if work.state == 'waiting' then push(id, work) end
save_work(id, work)
return result('ok', work.epoch)
