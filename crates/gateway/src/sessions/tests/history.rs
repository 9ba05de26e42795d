//! Pages within limits.

use postern_protocol::chat::{ChatMessage, ContentBlock, MessageContent, MessageRole};

use super::Place;
use crate::sessions::{Budget, Excerpt, Key};
use crate::store::{Change, MediaRow, Page};

const ALL: Page = Page { after: 0, before: i64::MAX, limit: 1_000 };

async fn read(place: &Place, key: &Key, page: Page, budget: Budget) -> (Excerpt, Vec<ChatMessage>) {
    let record = place.sessions.get(key.as_str()).unwrap().record;
    let excerpt = place.sessions.excerpt(&record, page, &budget).await.unwrap();
    let messages = excerpt.messages.read().unwrap();
    (excerpt, messages)
}

#[tokio::test]
async fn a_page_holds_the_newest_messages_in_order_and_their_places() {
    let place = Place::new().await;
    let key = place.key("notes");
    let texts: Vec<String> = (1..=250).map(|n| format!("message {n}")).collect();
    place.say(&key, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let budget = Budget::page(1 << 20, None);
    let (excerpt, messages) = read(&place, &key, Page { limit: 220, ..ALL }, budget).await;
    assert_eq!((messages.len(), excerpt.first, excerpt.last, excerpt.omitted), (220, Some(31), Some(250), false));
    for (message, n) in messages.iter().zip(31..) {
        assert_eq!((message.words(), message.place.as_ref().unwrap().seq), (format!("message {n}"), n));
    }
    let (_, middle) = read(&place, &key, Page { after: 10, before: 13, limit: 9 }, budget).await;
    assert_eq!(middle.iter().map(ChatMessage::words).collect::<Vec<_>>(), ["message 11", "message 12"]);
    let (empty, none) = read(&place, &key, Page { after: 250, ..ALL }, budget).await;
    assert!(none.is_empty() && empty.first.is_none() && empty.last.is_none());
}

#[tokio::test]
async fn the_oldest_are_left_out_and_a_note_stands_in_their_place() {
    let place = Place::new().await;
    let key = place.key("notes");
    let long = "x".repeat(1_000);
    place.say(&key, &[long.as_str(); 50]).await;
    let budget = Budget::page(20_000, None);
    let (excerpt, messages) = read(&place, &key, ALL, budget).await;
    let text = excerpt.messages.json();
    assert!(excerpt.omitted && text.len() <= budget.total + 400, "{}", text.len());
    let first = excerpt.first.unwrap();
    assert_eq!((messages[0].role, messages.len() as i64), (MessageRole::System, 50 - first + 2));
    assert!(messages[0].words().contains("left out"), "{messages:?}");
    let note = messages[0].place.as_ref().unwrap();
    assert_eq!((note.seq, note.id.as_str()), (first - 1, format!("omitted-{}", first - 1).as_str()));
    assert_eq!(messages.last().unwrap().place.as_ref().unwrap().seq, 50);
}

#[tokio::test]
async fn a_message_that_is_too_large_is_cut_and_still_there() {
    let place = Place::new().await;
    let key = place.key("notes");
    place.say(&key, &["before", "y".repeat(3_000_000).as_str()]).await;
    let budget = Budget::page(100_000, None);
    let (excerpt, messages) = read(&place, &key, ALL, budget).await;
    assert!(!excerpt.omitted && excerpt.messages.json().len() < 100_000);
    assert_eq!(messages[0].words(), "before");
    assert!(messages[1].words().ends_with("more characters)"));
    let (_, cut) = read(&place, &key, ALL, Budget::page(8_000_000, Some(10))).await;
    assert_eq!(cut[1].words(), format!("{}\n… (2999990 more characters)", "y".repeat(10)));
}

#[tokio::test]
async fn pictures_come_along_while_there_is_room() {
    let place = Place::new().await;
    let key = place.key("notes");
    let sizes = [300_000_usize, 700_000, 200_000];
    let mut messages = Vec::new();
    for (n, size) in sizes.iter().enumerate() {
        let media = MediaRow {
            id: format!("p{n}"),
            session_key: key.as_str().to_owned(),
            mime: "image/png".into(),
            bytes: vec![7; *size],
        };
        place.store.enqueue(vec![Change::Media(media)]).await.unwrap();
        let block = ContentBlock::Image {
            data: None,
            mime_type: "image/png".into(),
            media_id: Some(format!("p{n}")),
            size_bytes: Some(*size as u64),
            omitted: None,
        };
        messages.push(ChatMessage::blocks(MessageRole::User, vec![block], 5));
    }
    place.add(&key, messages).await;
    let shown = |messages: &[ChatMessage]| {
        let block = |message: &ChatMessage| match &message.content {
            MessageContent::Blocks(blocks) => match &blocks[0] {
                ContentBlock::Image { data, omitted, .. } => (data.as_ref().map(String::len), *omitted),
                other => panic!("{other:?}"),
            },
            MessageContent::Text(text) => panic!("{text}"),
        };
        messages.iter().map(block).collect::<Vec<_>>()
    };
    let (_, all) = read(&place, &key, ALL, Budget::page(6 << 20, None)).await;
    assert_eq!(shown(&all), [(Some(400_000), None), (None, Some(true)), (Some(266_668), None)]);
    let (_, some) = read(&place, &key, ALL, Budget::page(800_000, None)).await;
    assert_eq!(shown(&some), [(None, Some(true)), (None, Some(true)), (Some(266_668), None)]);
}
