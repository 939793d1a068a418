-- Commands of people: each is carried out once, and asked for again gives its first result. Another command under the
-- same id is refused: whoever sends it would take that result for its own.
-- KEYS[10] command: string, the result of this command, 'code|epoch|which command it was'

-- How many arguments, behind the settings, say which command it is: two (who, and on what) where nothing stands here.
-- Of the others some follow from the desk, and differ when the same command is sent again.
local SAID_BY = { sign_in = 1, sign_out = 1, drain = 3, mark_queue = 3, push = 3 }

local function which()
  return NAME .. ' ' .. table.concat(ARGV, ' ', 2, 1 + (SAID_BY[NAME] or 2))
end

local function earlier()
  local result = redis.call('GET', KEYS[10])
  if not result then return nil end
  local code, epoch, was = string.match(result, '^([^|]+)|(%d+)|?(.*)$')
  if was ~= '' and was ~= which() then return { 'other_command' } end
  return { code, tonumber(epoch) }
end

-- Remembers {code, epoch} and returns them, with what the person was offered meanwhile (see settle) where that is given.
local function result(code, epoch, offers)
  redis.call('SET', KEYS[10], code .. '|' .. text(epoch or 0) .. '|' .. which(), 'PX', MEMORY_MS)
  return { code, epoch or 0, offers }
end

-- Why work cannot be given to somebody: it is nowhere, or somebody has accepted it; nil where it can.
local function not_free(work)
  if not work then return 'no_inquiry' end
  if work.state ~= 'waiting' and work.state ~= 'offered' and work.state ~= 'promised' then return 'in_hands' end
end

-- Why `agent` may not act on work that must be in `state`; nil where they may.
local function refusal(work, agent, epoch, state)
  if not work then return 'no_inquiry' end
  if epoch and work.epoch ~= epoch then return 'stale' end
  if work.state ~= state and not (state == 'accepted' and work.state == 'paused') then return 'not_' .. state end
  if work.agent ~= agent then return 'elsewhere' end
  return nil
end
