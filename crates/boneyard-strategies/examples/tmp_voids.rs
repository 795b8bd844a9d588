//! t
use boneyard_core::*; use boneyard_rules::*;
fn main(){
  let mut by: Vec<Vec<f64>> = vec![vec![];16]; let mut bytrick: Vec<Vec<f64>>=vec![vec![];7];
  let mut byp: Vec<Vec<f64>>=vec![vec![];40];
  for seed in 0..20000u64 {
    let mut g=Game::new(Deals::Native.deal(seed), Declaration::new(seed%10).unwrap(), Seat::new(seed/10%4).unwrap());
    let mut s=Coordinates{seed,replicate:0,ply:0}.stream(Purpose::Other,0);
    for ply in 0..28u8 {
      let o=Observation::new(g.view(),Bid::THIRTY,g.table().first_leader(),&Sampling::new(50),Coordinates{seed,replicate:0,ply}).unwrap();
      if let Plan::Draw(_)=o.plan {
        let v=boneyard_strategies::sampler::effective_voids(&o) as usize;
        let all=Completions::new(g.view().unseen(), g.view().sizes(), [0;3]).count();
        let p=o.worlds.count() as f64/all as f64;
        by[v].push(p); bytrick[ply as usize/4].push(p);
        byp[v].push(p);
      }
      let l: Vec<_>=tiles_of(g.legal()).collect(); let d=l[s.below(l.len() as u32) as usize]; g.play(d).unwrap();
    }
  }
  for (base,k,cap) in [(64u32,1u32,8u32),(128,1,8),(256,1,8),(16,2,6),(32,2,6),(64,2,4),(64,2,5),(64,2,6),(128,2,5),(16,3,4),(32,3,3),(64,3,3)] {
    let (mut n,mut fail,mut any50,mut any1000,mut tries,mut worst)=(0f64,0f64,0f64,0f64,0f64,0f64);
    for (v,list) in by.iter().enumerate(){ let lim=base as f64*2f64.powi((k*(v as u32).min(cap)) as i32);
      for p in list { n+=1.0; let f=(1.0-p).powf(lim); fail+=f; any50+=1.0-(1.0-f).powi(50); any1000+=1.0-(1.0-f).powi(1000); let t=(1.0-f)/p; tries+=t; if t>worst {worst=t} } }
    println!("{base} << {k}*min(voids,{cap}): fail/world {:.2e} any of 50 {:.2e} any of 1000 {:.2e} tries/world {:.2} worst {:.0}", fail/n, any50/n, any1000/n, tries/n, worst);
  }
}
