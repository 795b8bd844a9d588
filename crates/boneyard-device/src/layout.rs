//! Where things stand in device buffers: words of `u32`, one row a game.

/// Words of a row of the games buffer.
pub mod game {
    /// The hands dealt, by absolute seat (4 words).
    pub const HANDS: usize = 0;
    /// What each seat has played (4 words).
    pub const PLAYED: usize = 4;
    /// Shown voids: byte `s` for seat `s`, bit `v` for suit `v`.
    pub const VOIDS: usize = 8;
    /// Points in the bank: team 0 in bits 0–7, team 1 in bits 8–15.
    pub const BANKED: usize = 9;
    /// The trick under way, as packed by `kernels::trick`.
    pub const TRICK: usize = 10;
    /// Declaration in bits 0–3, bidder in bits 4–5, points bid in bits 8–15.
    pub const CONTRACT: usize = 11;
    /// The game's seed, low word first (2 words).
    pub const SEED: usize = 12;
    /// The dominoes played, one a byte by ply, low byte first (7 words); zero from the current ply on.
    pub const PLAYS: usize = 14;
    /// Words of a row.
    pub const ROW: usize = 24;
}

/// Words of a row that says how a game stood before an earlier ply: one of the games buffer, whose hands and voids are not to be
/// read, and more.
pub mod before {
    /// The domino that was played then.
    pub const DOMINO: usize = super::game::ROW;
    /// Who played it.
    pub const SEAT: usize = DOMINO + 1;
    /// Whether it says something of hidden hands: 1, else 0.
    pub const COUNTS: usize = DOMINO + 2;
    /// Words of a row.
    pub const ROW: usize = DOMINO + 4;
}

/// Decisions of earlier plies in worlds of now.
pub mod past {
    use super::status;

    /// Words that say which world a decision was made in, and the slot that was played.
    pub const OF: usize = 2;

    /// Words of a status of their own that belong to the chunk's.
    pub const ACCOUNTS: [usize; 3] = [status::CUT_VALUES, status::CAPPED, status::NOT_NUMBERS];
}

/// Words of a row of the observations buffer.
///
/// Sets "by strength" are renamed: bit `s` stands for the domino `BY_STRENGTH[declaration][s]`. The hands of worlds
/// are such sets too, which is what the solver works on.
pub mod seen {
    /// The seat to move.
    pub const MOVER: usize = 0;
    /// The declaration.
    pub const DECLARATION: usize = 1;
    /// The seven dominoes the mover was dealt.
    pub const HAND: usize = 2;
    /// What it still holds, by strength.
    pub const HELD: usize = 3;
    /// What it may play, by strength.
    pub const LEGAL: usize = 4;
    /// What it may play, as slots.
    pub const SLOTS: usize = 5;
    /// The dominoes it has not seen, by strength.
    pub const UNSEEN: usize = 6;
    /// Hand sizes of left opponent, partner, right opponent: bits 0–3, 4–7, 8–11.
    pub const SIZES: usize = 7;
    /// What each of those three cannot hold, by strength (3 words).
    pub const EXCLUDED: usize = 8;
    /// Success threshold in points, as two's complement.
    pub const NEEDED: usize = 11;
    /// How many worlds there are.
    pub const TOTAL: usize = 12;
    /// Most that may be looked at.
    pub const MOST: usize = 13;
    /// Which: 0 none, 1 all of them, 2 drawn ones.
    pub const PLAN: usize = 14;
    /// The trick under way.
    pub const TRICK: usize = 15;
    /// Points not banked yet.
    pub const OPEN: usize = 16;
    /// The game's seed (2 words).
    pub const SEED: usize = 17;
    /// The ply.
    pub const PLY: usize = 19;
    /// How many voids the other three have shown in suits of which the mover has not seen all dominoes.
    pub const VOIDS: usize = 20;
    /// The strengths of up to three dominoes on the table in playing order, five bits each; 31 where nobody has played.
    pub const TABLE: usize = 21;
    /// The seat that bid and declared, from the mover.
    pub const BIDDER: usize = 22;
    /// What it has played, by strength.
    pub const BIDDER_PLAYED: usize = 23;
    /// Words of a row.
    pub const ROW: usize = 32;
}

/// Words of a row of items: the number of the first world to look at, and how many.
pub const ITEMS: usize = 2;

/// Words of a row of the estimates buffer: the sums of `boneyard_core::Estimate`.
pub mod estimate {
    use boneyard_core::GROUPS;

    /// Worlds looked at.
    pub const WORLDS: usize = 0;
    /// Sums of values, low words (7 words).
    pub const SUM: usize = 1;
    /// Sums of squares, low words (7 words).
    pub const SUM_SQUARES: usize = 8;
    /// Weight of the worlds in which the mover's team succeeds (7 words).
    pub const MADE: usize = 15;
    /// Sums of squares, high words (7 words).
    pub const SUM_SQUARES_HIGH: usize = 22;
    /// Sums of values, high words: two's complement (7 words).
    pub const SUM_HIGH: usize = 29;
    /// Sum of weights.
    pub const WEIGHT: usize = 36;
    /// Sum of squared weights (2 words).
    pub const WEIGHT_SQUARES: usize = 37;
    /// Sums of values by group and slot, low words (12 × 7 words).
    pub const GROUP_SUM: usize = 39;
    /// Their high words: two's complement.
    pub const GROUP_SUM_HIGH: usize = GROUP_SUM + 7 * GROUPS;
    /// Weight of the worlds of each group in which the mover's team succeeds (12 × 7 words).
    pub const GROUP_MADE: usize = GROUP_SUM_HIGH + 7 * GROUPS;
    /// Sum of weights by group (12 words).
    pub const GROUP_WEIGHT: usize = GROUP_MADE + 7 * GROUPS;
    /// The largest weight.
    pub const WEIGHT_MAX: usize = GROUP_WEIGHT + GROUPS;
    /// Sum of weights times their logarithms (2 words).
    pub const WEIGHT_LOGS: usize = WEIGHT_MAX + 1;
    /// How likely what was played was ([`LIKELIHOOD`](super::LIKELIHOOD) words).
    pub const LIKELIHOOD: usize = WEIGHT_LOGS + 2;
    /// Words of a row.
    pub const ROW: usize = LIKELIHOOD + super::LIKELIHOOD;
}

/// Words of `boneyard_core::Likelihood`: worlds, those that speak against the plays, the sum of logarithms (2 words), and how much
/// was mixed.
pub const LIKELIHOOD: usize = 5;

/// Words of a row of checks, one a game and ply: sums over the checked worlds of a decision, by slot where not said
/// otherwise.
pub mod check {
    use boneyard_core::GROUPS;

    /// How many worlds; 0 if none.
    pub const WORLDS: usize = 0;
    /// Sums of exact values less estimated ones, two's complement (7 words).
    pub const SUM: usize = 1;
    /// Sums of their absolute values (7 words).
    pub const ABSOLUTE: usize = 8;
    /// Successes by exact values less those by estimated ones, two's complement (7 words).
    pub const MADE: usize = 15;
    /// Sums of squared differences: low words, and high words (7 words each).
    pub const SQUARES: usize = 22;
    /// Sums of squared exact values, as the ones before.
    pub const EXACT_SQUARES: usize = 36;
    /// Sums of squared estimated values, as the ones before.
    pub const ESTIMATED_SQUARES: usize = 50;
    /// Sum of what the best moves by estimated values give away.
    pub const GAP: usize = 64;
    /// 1 if the estimates have been corrected.
    pub const CORRECTED: usize = 65;
    /// Sums of exact values less estimated ones by group of checked worlds, two's complement (12 × 7 words).
    pub const GROUP_SUM: usize = 66;
    /// Successes by exact values less those by estimated ones by group of checked worlds, two's complement (12 × 7 words).
    pub const GROUP_MADE: usize = GROUP_SUM + 7 * GROUPS;
    /// Words of a row.
    pub const ROW: usize = GROUP_MADE + 7 * GROUPS;
}

/// Words of a row of histograms, one a game and ply: 7 slots × 85 bins, points + 42.
pub const HISTOGRAM: usize = 7 * 85;

/// Words of a row of the log, one a game and ply.
pub mod log {
    /// Slot in bits 0–7, greedy slot in bits 8–15, mode in bits 16–23; in bits 24–31 the code of
    /// the question, see [`question`](super::question).
    pub const CHOICE: usize = 0;
    /// How many worlds there were.
    pub const TOTAL: usize = 1;
    /// The estimate.
    pub const ESTIMATE: usize = 2;
    /// Words of a row.
    pub const ROW: usize = ESTIMATE + super::estimate::ROW;
}

/// Questions in one byte.
pub mod question {
    use boneyard_core::Question;

    /// The contract; other codes are the logarithm of the unit of points.
    pub const CONTRACT: u32 = 255;

    /// The code of a question, if it has one: units must be powers of two.
    pub fn code(question: Question) -> Option<u32> {
        match question {
            Question::Contract => Some(CONTRACT),
            Question::Points { unit } => unit.is_power_of_two().then(|| unit.ilog2()),
        }
    }

    /// What a code stands for, if it is one.
    pub fn of_code(code: u32) -> Option<Question> {
        match code {
            CONTRACT => Some(Question::Contract),
            log_unit => Some(Question::Points { unit: 1u16.checked_shl(log_unit)? }),
        }
    }
}

/// Words of a game's table: completions, `[layer 0..=21][first seat's capacity 0..=7][second seat's]`, then from [`PIPS`] on
/// the dominoes with a 0, a 1, … a 6, and the doubles, by strength.
pub const COMPLETIONS: usize = PIPS + 8;

/// Where a game's table has the dominoes by pip.
pub const PIPS: usize = 22 * 64;

/// Words of a world: what left opponent, partner and right opponent hold.
pub const WORLD: usize = 3;

/// Words of the values of a world: seven 16-bit numbers by slot, two a word, low half first; [`ILLEGAL`] for slots
/// that are not legal.
pub const VALUES: usize = 4;

/// Marks slots that have no value, in both halves of a word of values: −32,768. Sampling writes it everywhere, so a
/// legal slot that an evaluator did not come to is found out.
pub const ILLEGAL: u32 = 0x8000_8000;

/// Words of the status buffer. Numbers of two words have the low one first.
///
/// A device may end a loop early without saying so: Mesa's software Vulkan allows 65,535 iterations an invocation.
/// So what each step of a chunk finished is counted, and compared with what was expected when the next chunk
/// begins and, for the last one, by the host.
pub mod status {
    /// Items of the current chunk.
    pub const EXPECTED: usize = 0;
    /// Those whose sampling came to its end.
    pub const SAMPLED: usize = 1;
    /// Seven for each item that has all its values: one for each legal slot with a value, and one for each other slot.
    pub const VALUED: usize = 2;
    /// Seven for each item that was added up: once a slot.
    pub const REDUCED: usize = 3;
    /// Next item of the evaluator.
    pub const NEXT: usize = 4;
    /// Worlds of the current chunk that the sampler did not find; they are listed in the buffer of missing items.
    pub const UNFOUND: usize = 5;
    /// Earlier chunks in which sampling did not come to its end.
    pub const CUT_SAMPLING: usize = 6;
    /// Earlier chunks in which worlds were left without values.
    pub const CUT_VALUES: usize = 7;
    /// Earlier chunks that were not added up.
    pub const CUT_REDUCING: usize = 8;
    /// Searches that ran into their cap.
    pub const CAPPED: usize = 9;
    /// Worlds to be drawn (2 words).
    pub const WANTED: usize = 10;
    /// Worlds that the sampler did not find (2 words).
    pub const MISSING: usize = 12;
    /// Candidates that the sampler looked at (2 words).
    pub const TRIES: usize = 14;
    /// Missing worlds that were found by other means (2 words).
    pub const RESCUED: usize = 16;
    /// The complement of ply · games + game of the first decision with a missing world; 0 if there is none.
    pub const FIRST: usize = 18;
    /// Answers of a network that were no numbers.
    pub const NOT_NUMBERS: usize = 19;
    /// Units of the evaluator that have nothing left to do.
    pub const DONE: usize = 20;
    /// Turns that searches took (2 words).
    pub const TURNS: usize = 21;
    /// Units of the evaluator that have no job of their own any more.
    pub const IDLE: usize = 23;
    /// The number of the last launch that is to end, from 1.
    pub const STOPPED: usize = 24;
    /// Words.
    pub const WORDS: usize = 25;
}
