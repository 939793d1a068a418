-- Commands of people: each is carried out once, and asked for again gives its first result.
-- KEYS[10] command: string, the result of this command, 'code|epoch'

local function earlier()
  local result = redis.call('GET', KEYS[10])
  if not result then return nil end
  local code, epoch = string.match(result, '^([^|]+)|(%d+)$')
  return { code, tonumber(epoch) }
end

-- Remembers {code, epoch} and returns them, with what the person was offered meanwhile (see settle) where that is given.
local function result(code, epoch, offers)
  redis.call('SET', KEYS[10], code .. '|' .. text(epoch or 0), 'PX', MEMORY_MS)
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
