//! The keywords of the reference systems' rules: GopherGate's tags and signs of complexity (reference §2.5), SmartRoute's
//! tier words (§1.4). English as there, on word boundaries; Chinese from there; Chinese and Thai of the same meaning added.

use std::sync::LazyLock;

use crate::words::Words;

/// A group of words of the same meaning to rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    /// Short, clear work.
    Fast,
    /// Ordinary work.
    Standard,
    /// Hard work.
    Heavy,
    /// Asks for reasoning.
    Reasoning,
    /// GopherGate's built-in signs of complexity.
    Complex,
    /// SmartRoute's words of its second tier.
    Tier2,
}

const GROUPS: [Group; 6] =
    [Group::Fast, Group::Standard, Group::Heavy, Group::Reasoning, Group::Complex, Group::Tier2];

impl Group {
    /// Its words, with commas between them.
    const fn words(self) -> &'static str {
        match self {
            Self::Fast => {
                "classify, classification, label, tag, route, routing, intent, json, yaml, csv, schema, parse, \
                 extract, transform, format, regex, short answer, brief, concise, tl;dr, one line, simple, fix \
                 this, small bug, quick fix, typo, syntax error, 分类, 标签, 提取, 格式, 简短, จัดหมวดหมู่, จำแนก, \
                 ดึงข้อมูล, รูปแบบ, สั้นๆ, สั้น ๆ"
            }
            Self::Standard => {
                "explain, summarize, rewrite, draft, edit, polish, outline, long doc, document, email, memo, \
                 proposal, report, handout, notes, compare, choose, recommend, tradeoff, pros and cons, \
                 analysis, code review, debug, bug, feature, api, endpoint, implement, plan, planning, workflow, \
                 integration, 解释, 总结, 改写, 比较, 推荐, 报告, 邮件, 分析, อธิบาย, สรุป, เขียนใหม่, เปรียบเทียบ, แนะนำ, \
                 รายงาน, อีเมล, วิเคราะห์, วางแผน"
            }
            Self::Heavy => {
                "agent, agents, tool use, function calling, multi-agent, orchestrate, system design, scaling, \
                 performance, architecture review, distributed, hard bug, race condition, deadlock, memory leak, \
                 crash, production outage, long context, large codebase, many files, complex refactor, \
                 migration, research, deep dive, literature, paper, scholarly, thorough analysis, deep \
                 reasoning, think step by step, reason through, careful analysis, 系统设计, 架构, 分布式, 死锁, 内存泄漏, 深入, \
                 研究, 逐步思考, ออกแบบระบบ, สถาปัตยกรรม, งานวิจัย, เชิงลึก, คิดทีละขั้น"
            }
            Self::Reasoning => {
                "reason, think step by step, mathematics, architecture, explain in detail, 推理, 数学, 详细解释, 架构, \
                 ให้เหตุผล, คณิตศาสตร์, อธิบายโดยละเอียด"
            }
            Self::Complex => {
                "step by step, explain in detail, reason through, think carefully, analyze, debug, write code, \
                 implement, refactor, architecture, 逐步, 详细解释, 分析, 调试, 写代码, 实现, 重构, 架构, ทีละขั้น, \
                 อธิบายโดยละเอียด, วิเคราะห์, ดีบัก, เขียนโค้ด"
            }
            Self::Tier2 => {
                "code, function, complex, analysis, summary, reasoning, generate, create, 代码, 函数, 分析, 总结, 推理, \
                 生成, 创建, 搜索, 查询, โค้ด, ฟังก์ชัน, ซับซ้อน, วิเคราะห์, สรุป, สร้าง, ค้นหา"
            }
        }
    }
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let groups = (0..).zip(GROUPS);
    Words::new(groups.flat_map(|(bit, group)| group.words().split(", ").map(move |word| (word, bit))))
});

/// What a request is said to be, in GopherGate's words. Rules name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// Short, clear work.
    FastFlow,
    /// The same.
    Classification,
    /// The same.
    JsonExtraction,
    /// The same.
    BasicQa,
    /// Ordinary work.
    StandardPro,
    /// The same.
    LongDoc,
    /// It holds something to see or hear.
    VideoAnalysis,
    /// The same.
    MultimodalQa,
    /// Hard work.
    HeavyLogic,
    /// The same.
    DeepReasoning,
    /// The same.
    Architecture,
    /// The same.
    HardDebugging,
    /// It brings tools.
    ToolHeavy,
    /// The same.
    MultiStepAgent,
    /// The same.
    SweBench,
}

impl Tag {
    /// Every tag.
    pub const ALL: [Self; 15] = [
        Self::FastFlow,
        Self::Classification,
        Self::JsonExtraction,
        Self::BasicQa,
        Self::StandardPro,
        Self::LongDoc,
        Self::VideoAnalysis,
        Self::MultimodalQa,
        Self::HeavyLogic,
        Self::DeepReasoning,
        Self::Architecture,
        Self::HardDebugging,
        Self::ToolHeavy,
        Self::MultiStepAgent,
        Self::SweBench,
    ];

    /// As rules write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FastFlow => "fast-flow",
            Self::Classification => "classification",
            Self::JsonExtraction => "json-extraction",
            Self::BasicQa => "basic-qa",
            Self::StandardPro => "standard-pro",
            Self::LongDoc => "long-doc",
            Self::VideoAnalysis => "video-analysis",
            Self::MultimodalQa => "multimodal-qa",
            Self::HeavyLogic => "heavy-logic",
            Self::DeepReasoning => "deep-reasoning",
            Self::Architecture => "architecture",
            Self::HardDebugging => "hard-debugging",
            Self::ToolHeavy => "tool-heavy",
            Self::MultiStepAgent => "multi-step-agent",
            Self::SweBench => "swe-bench",
        }
    }

    /// A tag by its word, whatever its case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.word().eq_ignore_ascii_case(word))
    }
}

/// What the words of a text, and what comes with it, say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    groups: u64,
    media: bool,
    tools: bool,
}

/// Looks for the keywords in the text of the newest user message. `media`: it holds something to see or hear; `tools`: the
/// request brings tools.
#[must_use]
pub fn found(text: &str, media: bool, tools: bool) -> Found {
    Found { groups: WORDS.groups(text), media, tools }
}

impl Found {
    fn has(self, group: Group) -> bool {
        self.groups >> group as u32 & 1 != 0
    }

    /// Whether a tag is on it.
    #[must_use]
    pub fn tag(self, tag: Tag) -> bool {
        match tag {
            Tag::FastFlow | Tag::Classification | Tag::JsonExtraction | Tag::BasicQa => self.has(Group::Fast),
            Tag::StandardPro | Tag::LongDoc => self.has(Group::Standard),
            Tag::VideoAnalysis | Tag::MultimodalQa => self.media,
            Tag::HeavyLogic | Tag::DeepReasoning | Tag::Architecture | Tag::HardDebugging => {
                self.has(Group::Heavy)
            }
            Tag::ToolHeavy | Tag::MultiStepAgent | Tag::SweBench => self.tools,
        }
    }

    /// The tags that are on it.
    pub fn tags(self) -> impl Iterator<Item = Tag> {
        Tag::ALL.into_iter().filter(move |tag| self.tag(*tag))
    }

    /// Whether it asks for reasoning, as GopherGate's conditions mean it.
    #[must_use]
    pub fn reasoning(self) -> bool {
        self.has(Group::Reasoning)
    }

    /// Whether it holds one of GopherGate's signs of complexity.
    #[must_use]
    pub fn complex(self) -> bool {
        self.has(Group::Complex)
    }

    /// SmartRoute's tier by words, from 0 to 2: `chars` is the length of all the text.
    #[must_use]
    pub fn tier(self, chars: u64) -> usize {
        const LONG: u64 = 2000;
        if chars > LONG { 2 } else { usize::from(self.has(Group::Tier2)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<&'static str> {
        found(text, false, false).tags().map(Tag::word).collect()
    }

    #[test]
    fn tags_are_on_word_boundaries_and_add_up() {
        assert_eq!(tags("Extract the names"), ["fast-flow", "classification", "json-extraction", "basic-qa"]);
        assert_eq!(tags("What is the capital of France? Be reasonable."), Vec::<&str>::new());
        let both = tags("summarize this paper");
        assert!(
            both.contains(&"long-doc") && both.contains(&"deep-reasoning") && !both.contains(&"fast-flow")
        );
        assert!(found("hi", true, false).tag(Tag::MultimodalQa));
        assert!(found("hi", false, true).tag(Tag::SweBench));
        assert!(tags("帮我总结一下").contains(&"standard-pro"));
        assert!(tags("ช่วยสรุปให้หน่อย").contains(&"standard-pro"));
    }

    #[test]
    fn complexity_and_tiers_are_those_of_the_reference() {
        for text in ["Please write code for it", "Let us go STEP BY STEP", "逐步解释", "ช่วยเขียนโค้ด"]
        {
            assert!(found(text, false, false).complex(), "{text}");
        }
        assert!(!found("The implementation of analysis", false, false).complex());
        assert_eq!(found("hello", false, false).tier(5), 0);
        assert_eq!(found("write a function", false, false).tier(16), 1);
        assert_eq!(found("写一个函数", false, false).tier(16), 1);
        assert_eq!(found("hello", false, false).tier(2000), 0);
        assert_eq!(found("hello", false, false).tier(2001), 2);
        assert!(found("reason about it", false, false).reasoning());
        assert!(!found("reasonable", false, false).reasoning());
    }

    #[test]
    fn words_of_tags_are_read_back() {
        for tag in Tag::ALL {
            assert_eq!(Tag::parse(&tag.word().to_uppercase()), Some(tag));
        }
        assert_eq!(Tag::parse("unknown"), None);
    }
}
